/**
 * A sender is asked for a key frame at most this often for each of its layers, however many receivers want one: an audience
 * that comes at once costs it one, and it cannot count viewers by the requests. The first request goes out at once.
 */
export const keyFrameRequestEveryMs = 300;
