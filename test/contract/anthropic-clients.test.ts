import { describeMatrix } from './matrix.js';
import { stacks } from './stacks.js';

describeMatrix(stacks.filter((stack) => ['anthropic'].includes(stack.family)));
