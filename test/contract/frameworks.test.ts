import { describeMatrix } from './matrix.js';
import { stacks } from './stacks.js';

describeMatrix(stacks.filter((stack) => ['vercel', 'langchain', 'agents'].includes(stack.family)));
