/** Of the interfaces, not of the product: it changes when a client has to. */
export const apiVersion = '1.0.0';
