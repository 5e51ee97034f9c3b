/** Property tests try the same values every time, so that a red run is a change's fault; `FC_SEED=random` hunts for more. */
import fc from 'fast-check';

const seed = process.env['FC_SEED'];
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed ?? 16) });
