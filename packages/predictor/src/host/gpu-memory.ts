/** What native modules write into an error when a GPU, or the arena of ONNX Runtime on it, is out of memory. */
const SIGNS = [
  // ONNX Runtime
  /BFCArena::AllocateRawInternal/,
  /Failed to allocate memory for requested buffer/,
  // CUDA, ROCm and Metal, such as "CUDA failure 2: out of memory"
  /\b(CUDA|HIP|MPS|GPU)\b.{0,40}\bout of memory\b/,
  /_STATUS_ALLOC_FAILED\b/,
  /\bcudaErrorMemoryAllocation\b/,
  /\bCUDA_ERROR_OUT_OF_MEMORY\b/,
  // TensorFlow
  /\bOOM when allocating tensor\b/,
];

/** Whether the texts of an error, and of those that caused it, say that a GPU is out of memory. */
export function saysOutOfGpuMemory(text: string): boolean {
  return SIGNS.some((sign) => sign.test(text));
}
