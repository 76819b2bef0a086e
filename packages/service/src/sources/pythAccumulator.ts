import { keccak_256 } from '@noble/hashes/sha3.js';
import { MESSAGE_BYTES_MAX, PATH_NODES_MAX } from './pythLimits.ts';
import { PayloadFault } from './sourceReport.ts';
import { createWideReader, expectDone, takeBytes, takeInt32, takeInt64, takeUint, takeUint64 } from './wideReader.ts';
import { parseVaa, type Vaa } from './wormhole.ts';

/**
 * Pyth's accumulator update: a VAA whose payload is the root of a Merkle tree, and price messages with their proofs. Format: Pyth's receiver
 * contract `PythAccumulator.sol` and `MerkleTree.sol` (docs/price-sources.md has address and date).
 */
export interface AccumulatorUpdate {
  readonly vaa: Vaa;
  /** 20 bytes: the root that the VAA carries. */
  readonly root: Buffer;
  readonly messages: readonly ProvedMessage[];
}

export interface ProvedMessage {
  readonly message: Buffer;
  /** The nodes beside the path, from the leaf to the root, 20 bytes each. */
  readonly path: Buffer;
}

/** The fields of a price message that are used; prices are `mantissa · 10^exponent` USD. */
export interface PythPrice {
  /** 32 bytes of lower-case hexadecimal. */
  readonly id: string;
  readonly mantissa: bigint;
  readonly confidence: bigint;
  readonly exponent: number;
  readonly publishTimeSeconds: bigint;
}

const MAGIC = 'PNAU';
const ROOT_MAGIC = 'AUWV';
const MAJOR_VERSION = 1;
const WORMHOLE_MERKLE = 0;
const PRICE_FEED_MESSAGE = 0;
const NODE_BYTES = 20;
const ID_BYTES = 32;

/** Hashes nothing and checks no signature: cost is that of its length. */
export function parseAccumulatorUpdate(bytes: Uint8Array): AccumulatorUpdate {
  const reader = createWideReader(bytes);
  if (takeBytes(reader, 4).toString('latin1') !== MAGIC)
    throw new PayloadFault('malformedPayload', `an update starts with ${MAGIC}`);
  const major = takeUint(reader, 1);
  if (major !== MAJOR_VERSION) throw new PayloadFault('unsupported', `update version ${major} is not read here`);
  // The minor version is forward compatible; a header that grew tells its length.
  takeUint(reader, 1);
  takeBytes(reader, takeUint(reader, 1));
  const proofKind = takeUint(reader, 1);
  if (proofKind !== WORMHOLE_MERKLE) throw new PayloadFault('unsupported', `updates of kind ${proofKind} are not read here`);
  const vaa = parseVaa(takeBytes(reader, takeUint(reader, 2)));
  const count = takeUint(reader, 1);
  const messages = Array.from({ length: count }, () => {
    const length = takeUint(reader, 2);
    if (length > MESSAGE_BYTES_MAX)
      throw new PayloadFault('malformedPayload', `a message has at most ${MESSAGE_BYTES_MAX} bytes`);
    const message = takeBytes(reader, length);
    const depth = takeUint(reader, 1);
    if (depth > PATH_NODES_MAX) throw new PayloadFault('malformedPayload', `a path has at most ${PATH_NODES_MAX} nodes`);
    return { message, path: takeBytes(reader, depth * NODE_BYTES) };
  });
  expectDone(reader);
  return { vaa, root: parseRoot(vaa.payload), messages };
}

function parseRoot(payload: Buffer): Buffer {
  const reader = createWideReader(payload);
  if (takeBytes(reader, 4).toString('latin1') !== ROOT_MAGIC)
    throw new PayloadFault('malformedPayload', `the VAA of an update carries ${ROOT_MAGIC}`);
  const kind = takeUint(reader, 1);
  if (kind !== WORMHOLE_MERKLE) throw new PayloadFault('unsupported', `roots of kind ${kind} are not read here`);
  // Slot, and the size of Pythnet's ring buffer.
  takeUint64(reader);
  takeUint(reader, 4);
  return takeBytes(reader, NODE_BYTES);
}

/**
 * True when the message is a leaf of the tree of this root. Nodes are the first 20 bytes of keccak256, children in ascending order. Cost: a hash of
 * the message, and one for each node of the path.
 */
export function isInTree({ message, path }: ProvedMessage, root: Uint8Array): boolean {
  let node = nodeOf(Buffer.concat([Buffer.of(0), message]));
  for (let at = 0; at < path.length; at += NODE_BYTES) {
    const sibling = path.subarray(at, at + NODE_BYTES);
    const children = Buffer.compare(node, sibling) <= 0 ? [node, sibling] : [sibling, node];
    node = nodeOf(Buffer.concat([Buffer.of(1), ...children]));
  }
  return node.equals(root);
}

function nodeOf(bytes: Uint8Array): Buffer {
  return Buffer.from(keccak_256(bytes).subarray(0, NODE_BYTES));
}

/** The id of the price that a message carries, lower-case hexadecimal; null for messages that carry none (time averages and the like). */
export function priceIdOf(message: Buffer): string | null {
  if (message[0] !== PRICE_FEED_MESSAGE) return null;
  return message.toString('hex', 1, 1 + ID_BYTES);
}

/** The price of a message that `priceIdOf` gives an id of. Messages may grow at their end. */
export function parsePriceMessage(message: Uint8Array): PythPrice {
  const reader = createWideReader(message);
  takeUint(reader, 1);
  const price: PythPrice = {
    id: takeBytes(reader, ID_BYTES).toString('hex'),
    mantissa: takeInt64(reader),
    confidence: takeUint64(reader),
    exponent: takeInt32(reader),
    publishTimeSeconds: takeInt64(reader),
  };
  // Time of the price before, then the moving average and its confidence: there, and not used.
  takeBytes(reader, 8 + 8 + 8);
  return price;
}
