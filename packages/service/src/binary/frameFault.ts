/** Why a peer's bytes are refused and the connection is closed. Stable for good: new ones are appended. */
export const FRAME_FAULTS = {
  /** The connection broke off, or the server went away, without a word: never on the wire. */
  connectionLost: 0,
  tooManyConnections: 1,
  handshakeTimeout: 2,
  badHandshake: 3,
  unknownSession: 4,
  sessionExpired: 5,
  badSignature: 6,
  frameTooLarge: 7,
  unknownFrameType: 8,
  malformedFrame: 9,
  sequenceGap: 10,
  idle: 11,
  slowReader: 12,
  stopping: 13,
  outcomeUnknown: 14,
  overloaded: 15,
  flooding: 16,
} as const;

export type FrameFaultCode = keyof typeof FRAME_FAULTS;

/** Bytes that are no frame, or not the frame that was due. */
export class FrameFault extends Error {
  readonly code: FrameFaultCode;

  constructor(code: FrameFaultCode, message: string) {
    super(message);
    this.name = 'FrameFault';
    this.code = code;
  }
}
