import { describeMatrix } from './matrix.js';
import { stacks } from './stacks.js';

describeMatrix(stacks.filter((stack) => ['openai', 'azure', 'langfuse', 'instructor'].includes(stack.family)));
