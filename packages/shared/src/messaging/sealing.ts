/** Where a sealed payload belongs; bound to it as associated data, so a payload moved to another event does not open. */
export interface EventPlace {
  readonly topic: string
  readonly eventId: string
  readonly type: string
  readonly version: number
  readonly key: string
}

export interface SealedPayload {
  readonly ciphertext: Buffer
  /** The wrapped data key, for a message header. */
  readonly header: string
}

/** Port: seals protected payloads under the data key of topic and day (crypto/event-sealer.ts). */
export interface EventSealer {
  seal(place: EventPlace, plaintext: Buffer): Promise<SealedPayload>
  /** Throws when the payload is not what was sealed for this place, or this service may not read the topic. */
  open(place: EventPlace, sealed: SealedPayload): Promise<Buffer>
}
