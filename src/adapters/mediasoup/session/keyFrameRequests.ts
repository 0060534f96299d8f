/**
 * Minimum time between key frame requests for one layer, however many receivers want one. A sudden audience costs the
 * sender one key frame, and the sender cannot count viewers by requests. The first request goes out at once.
 */
export const keyFrameRequestEveryMs = 300;
