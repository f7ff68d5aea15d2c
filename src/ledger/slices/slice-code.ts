import { Part } from '../../core/part.ts';

/** The code of slices, which is loaded for a store that processes share. */
export const sliceCode = new Part('slices', async () => {
  const [{ SliceBook }, { SlicedReservation }] = await Promise.all([
    import('./slice-book.ts'),
    import('./sliced-reservation.ts'),
  ]);
  return { SliceBook, SlicedReservation };
});
