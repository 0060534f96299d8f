/**
 * Anything that grows on either side before the first picture is shown delays it. This is long enough on slow devices,
 * too.
 */
export const firstPictureMs = 600;
