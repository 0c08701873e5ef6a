/** The one file that imports zod. Everything in this directory is reached by one dynamic import, never from a cached run. */
import { z } from 'zod';

// A configuration is checked once a run: a checker that is compiled first, for speed later, comes too late.
z.config({ jitless: true });

export { z };
