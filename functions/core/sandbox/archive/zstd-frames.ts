import { ArchiveError } from './errors.ts';

const MAGIC = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const MAGIC_NUMBER = MAGIC.readUInt32LE(0);
/** The first of 16 magic numbers. */
const SKIPPABLE_MAGIC_NUMBER = 0x184d2a50;
/** As many as entries: each frame costs the decoder two calls. */
const MAX_FRAMES = 1_000_000;

const DICTIONARY_ID_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const RLE_BLOCK = 1;
const RESERVED_BLOCK = 3;

/** True if the bytes begin with a zstd frame or a skippable frame. */
export function isZstd(start: Buffer): boolean {
  return start.length >= 4 && (start.readUInt32LE(0) === MAGIC_NUMBER || isSkippable(start.readUInt32LE(0)));
}

type Field = 'magic' | 'skippableSize' | 'descriptor' | 'blockHeader';

/**
 * Splits a zstd stream into its frames, because Node's decoder ends with a frame that ends inside the bytes it is given.
 *
 * Spec: RFC 8878, section 3.1. It reads the frames' structure and leaves their content to the decoder. It holds 4 bytes.
 */
export class ZstdFrames {
  readonly #field = Buffer.alloc(4);
  #filled = 0;
  /** The field to read once `#left` bytes have passed. */
  #next: Field = 'magic';
  #left = 0;
  #isDataFrame = false;
  #hasChecksum = false;
  #frames = 0;

  /** Yields the bytes of data frames; each part ends at the latest where its frame ends. */
  *split(piece: Buffer): Generator<Buffer> {
    let start = 0;
    for (let at = 0; at < piece.length; ) {
      const wasDataFrame = this.#isDataFrame;
      at = this.#advance(piece, at);
      if (!wasDataFrame && this.#isDataFrame) {
        yield MAGIC;
        start = at;
      } else if (wasDataFrame && (!this.#isDataFrame || at === piece.length)) {
        yield piece.subarray(start, at);
      }
    }
  }

  /** @throws ArchiveError TRUNCATED where the last frame is incomplete. */
  end(): void {
    if (this.#next === 'magic' && this.#left === 0 && this.#filled === 0) return;
    throw new ArchiveError('TRUNCATED', 'the zstd stream ends inside a frame');
  }

  #advance(piece: Buffer, at: number): number {
    if (this.#left > 0) return this.#pass(piece, at);
    const length = { magic: 4, skippableSize: 4, descriptor: 1, blockHeader: 3 }[this.#next];
    const end = Math.min(piece.length, at + length - this.#filled);
    this.#filled += piece.copy(this.#field, this.#filled, at, end);
    if (this.#filled === length) {
      this.#filled = 0;
      this.#takeField();
    }
    return end;
  }

  #pass(piece: Buffer, at: number): number {
    const end = Math.min(piece.length, at + this.#left);
    this.#await(this.#next, this.#left - (end - at));
    return end;
  }

  #await(next: Field, left: number): void {
    this.#next = next;
    this.#left = left;
    if (next === 'magic' && left === 0) this.#isDataFrame = false;
  }

  #takeField(): void {
    if (this.#next === 'magic') this.#takeMagic(this.#field.readUInt32LE(0));
    else if (this.#next === 'skippableSize') this.#await('magic', this.#field.readUInt32LE(0));
    else if (this.#next === 'descriptor') this.#takeDescriptor(this.#field[0] as number);
    else this.#takeBlockHeader(this.#field.readUIntLE(0, 3));
  }

  #takeMagic(magic: number): void {
    if (++this.#frames > MAX_FRAMES)
      throw new ArchiveError('BOMB', `the zstd stream has more than ${MAX_FRAMES} frames`);
    this.#isDataFrame = magic === MAGIC_NUMBER;
    if (this.#isDataFrame) this.#await('descriptor', 0);
    else if (isSkippable(magic)) this.#await('skippableSize', 0);
    else throw new ArchiveError('TRAILING_DATA', 'the zstd stream goes on with bytes that are no frame');
  }

  #takeDescriptor(descriptor: number): void {
    if ((descriptor & 0x08) !== 0) throw corrupt('the reserved bit of a frame header is set');
    this.#hasChecksum = (descriptor & 0x04) !== 0;
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const windowBytes = isSingleSegment ? 0 : 1;
    const sizeBytes = CONTENT_SIZE_BYTES[descriptor >> 6] || (isSingleSegment ? 1 : 0);
    this.#await('blockHeader', windowBytes + (DICTIONARY_ID_BYTES[descriptor & 3] as number) + sizeBytes);
  }

  #takeBlockHeader(header: number): void {
    const isLast = (header & 1) === 1;
    const type = (header >> 1) & 3;
    if (type === RESERVED_BLOCK) throw corrupt('a block has the reserved type');
    const bytes = type === RLE_BLOCK ? 1 : header >> 3;
    if (isLast) this.#await('magic', bytes + (this.#hasChecksum ? 4 : 0));
    else this.#await('blockHeader', bytes);
  }
}

function isSkippable(magic: number): boolean {
  return (magic & 0xfffffff0) === SKIPPABLE_MAGIC_NUMBER;
}

function corrupt(message: string) {
  return new ArchiveError('CORRUPT', `the zstd stream cannot be read: ${message}`);
}
