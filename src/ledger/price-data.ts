import { Part } from '../core/part.ts';

/** The price list's package: half a megabyte of data, which no program needs that makes no call. */
export const priceData = new Part('the price list', () => import('@pydantic/genai-prices'));
