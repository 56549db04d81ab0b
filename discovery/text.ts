// In every JavaScript runtime this runs on, yet in no ECMAScript library definition.
declare const TextDecoder: new () => { decode(bytes: Uint8Array): string };
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** UTF-8 to string; malformed bytes become U+FFFD. */
export const decodeText = (bytes: Uint8Array): string => (bytes.length === 0 ? '' : decoder.decode(bytes));

/** String to UTF-8. */
export const encodeText = (text: string): Uint8Array => encoder.encode(text);
