/** What came out of an answer, counted: it stands in for usage that nobody reported. */
export interface Delivered {
  /** UTF-8 bytes of text: content, refusals, reasoning, tool calls with their arguments, transcripts. */
  readonly textBytes: number;
  /** Part of the text that was spoken too. */
  readonly spokenBytes: number;
  /** Bytes of sound, decoded. */
  readonly audioBytes: number;
  /** Images, whole or begun. */
  readonly images: number;
  /** Steps of images came: their provider goes on until all that were asked for are finished. */
  readonly isRendering?: boolean | undefined;
  /** Length of the sound that was sent, in seconds, if the answer tells it. */
  readonly heardSeconds: number | undefined;
}

export const NOTHING_DELIVERED: Delivered = {
  textBytes: 0,
  spokenBytes: 0,
  audioBytes: 0,
  images: 0,
  heardSeconds: undefined,
};
