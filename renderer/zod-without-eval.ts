import { config } from 'zod';

// The page's policy forbids eval; without this zod would try it once and be refused. Imported
// before anything that parses.
config({ jitless: true });
