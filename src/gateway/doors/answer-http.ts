import { Part } from '../../core/part.ts';
import { errorResponse } from './error-response.ts';

/** Its code. */
export const httpDoor = new Part('the HTTP door', () => import('./http.ts'));

type Answer = typeof import('./http.ts').answerHttp;

/** What `http.ts` does, whose code loads with the first request. Never rejects. */
export function answerHttp(...request: Parameters<Answer>): Promise<Response> {
  return httpDoor.isLoaded ? httpDoor.value.answerHttp(...request) : afterLoad(request);
}

async function afterLoad(request: Parameters<Answer>): Promise<Response> {
  try {
    await httpDoor.load();
  } catch (error) {
    return errorResponse(error);
  }
  return httpDoor.value.answerHttp(...request);
}
