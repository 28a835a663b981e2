/** Length of the UTF-8 byte-order mark at the start of a file: 3, or 0 when there is none. */
export function byteOrderMarkBytes(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}
