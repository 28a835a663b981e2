/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const MOST_PARTS = 10_000;
const FIRST_PART_BYTES = 8 * 1024 * 1024;
const PARTS_OF_A_SIZE = 1_000;

/**
 * Size of a part, counted from 1: 8 MiB x 2^floor((part - 1) / 1,000). So an object of up to 8 GB has parts of 8 MiB,
 * and 10,000 parts hold 8 MiB x 1,000 x (2^10 - 1) = 7.8 TiB; the largest part, 4 GiB, is below S3's limit of 5 GiB.
 */
export function partBytes(part: number): number {
  if (part < 1 || part > MOST_PARTS) {
    throw new RangeError(`Cannot make part ${part}: expected 1 to ${MOST_PARTS}, S3's limit`);
  }
  return FIRST_PART_BYTES * 2 ** Math.floor((part - 1) / PARTS_OF_A_SIZE);
}
