/** Long enough on a slow device, too: what grows, here or there, before the first picture is seen delays it. */
export const firstPictureMs = 600;
