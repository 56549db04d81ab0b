/** Of the element of the timeline that takes the keyboard. */
export const TIMELINE_ID = 'timeline';
