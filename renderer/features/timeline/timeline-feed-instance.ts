import { TimelineFeed } from '../../model/timeline-feed.js';

let feed: TimelineFeed | null = null;

/** The window's one feed. It lives as long as the window, so that hiding the pane loses nothing. */
export const timelineFeed = (): TimelineFeed => (feed ??= new TimelineFeed());
