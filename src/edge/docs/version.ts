/** The version of the interfaces, not of the product. It changes when clients must change. */
export const apiVersion = '1.0.0';
