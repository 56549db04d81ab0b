// In every JavaScript runtime this runs on, yet in no ECMAScript library definition.
declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };

const decoder = new TextDecoder();

/** UTF-8 to string; malformed bytes become U+FFFD. */
export const decodeText = (bytes: Uint8Array): string => (bytes.length === 0 ? '' : decoder.decode(bytes));
