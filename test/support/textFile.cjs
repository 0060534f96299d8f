// @ts-check
// Gives Jest the text of a file, as the build does for what it bundles.
const { createHash } = require('node:crypto');

/** @param {string} text */
const process = (text) => ({ code: `module.exports = ${JSON.stringify(text)};` });

/** @param {string} text */
const getCacheKey = (text) => createHash('sha256').update(text).digest('hex');

module.exports = { process, getCacheKey };
