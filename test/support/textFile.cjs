// @ts-check
// Gives Jest the text of a file, as the build does for what it bundles.
const { createHash } = require('node:crypto');
const { readFileSync } = require('node:fs');

/**
 * Reads the file itself: Jest takes a first line with `#!` away, which holds the flags of a Lua script.
 * @param {string} _text
 * @param {string} path
 */
const process = (_text, path) => ({ code: `module.exports = ${JSON.stringify(readFileSync(path, 'utf8'))};` });

/**
 * @param {string} _text
 * @param {string} path
 */
const getCacheKey = (_text, path) =>
  createHash('sha256')
    .update(`whole ${readFileSync(path, 'utf8')}`)
    .digest('hex');

module.exports = { process, getCacheKey };
