/** A folder of the product holds at most fifteen files: a fuller one wants subfolders with names of the field. */
import { expect, test } from '@jest/globals';
import { fullestFolder } from '../house/folders.ts';

test('no folder of src or workers holds more than 15 files', () => {
  expect(fullestFolder(['src', 'workers']).files).toBeLessThanOrEqual(15);
});
