/** The one file that imports zod. Everything in this directory is reached by one dynamic import, never from a cached run. */
export { z } from 'zod';
