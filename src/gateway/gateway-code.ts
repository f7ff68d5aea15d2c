/** What a gateway works by. The build loads it with the first that is constructed, and not when the library is imported. */
export { bindOptions, buildingClient } from './clones/bind-options.ts';
export { bindCaller, cloneClient } from './clones/clone-client.ts';
export { constructCore } from './construct-core.ts';
export { controlOf } from './control.ts';
export { answerHttp } from './doors/answer-http.ts';
export { asFetch } from './doors/as-fetch.ts';
export { answerClient } from './doors/client.ts';
export { GatewayChat } from './doors/gateway-chat.ts';
