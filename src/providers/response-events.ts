/** The fields of a Responses answer, of its items and of their parts that its events repeat. */
type Fields = Record<string, unknown>;
type Emit = (type: string, fields: Fields) => void;

/** A whole Responses answer as the events of its stream; one that is still being written is only begun. */
export function responseEvents(response: Fields): unknown[] {
  const events: unknown[] = [];
  const emit: Emit = (type, fields) => void events.push({ type, ...fields, sequence_number: events.length });
  const { status = 'completed', output } = response;
  if (status === 'queued' || status === 'in_progress') {
    emit('response.created', { response });
    emit(`response.${status}`, { response });
    return events;
  }
  const { usage: _usage, ...head } = response;
  const begun = { ...head, status: 'in_progress', output: [] };
  emit('response.created', { response: begun });
  emit('response.in_progress', { response: begun });
  for (const [index, item] of (Array.isArray(output) ? output : []).entries()) addItem(item as Fields, index, emit);
  emit(`response.${String(status)}`, { response });
  return events;
}

function addItem(item: Fields, index: number, emit: Emit): void {
  const place = { output_index: index, item_id: item.id };
  emit('response.output_item.added', { output_index: index, item: begunItem(item) });
  const content = partsOf(item.content);
  if (item.type === 'message') addParts(content, place, emit);
  else if (item.type === 'reasoning') addReasoning(partsOf(item.summary), content, place, emit);
  else if (item.type === 'function_call') addInput('function_call_arguments', 'arguments', item, place, emit);
  else if (item.type === 'custom_tool_call') addInput('custom_tool_call_input', 'input', item, place, emit);
  emit('response.output_item.done', { output_index: index, item });
}

/** What its further events bring is not there yet. */
function begunItem(item: Fields): Fields {
  const begun: Fields = { ...item, status: 'in_progress' };
  if (item.type === 'message' || Array.isArray(item.content)) begun.content = [];
  if (item.type === 'reasoning') begun.summary = [];
  if (item.type === 'function_call') begun.arguments = '';
  if (item.type === 'custom_tool_call') begun.input = '';
  return begun;
}

function addParts(parts: readonly Fields[], item: Fields, emit: Emit): void {
  for (const [index, part] of parts.entries()) {
    const place = { ...item, content_index: index };
    if (part.type === 'refusal') {
      emit('response.content_part.added', { ...place, part: { ...part, refusal: '' } });
      emit('response.refusal.delta', { ...place, delta: part.refusal });
      emit('response.refusal.done', { ...place, refusal: part.refusal });
    } else {
      emit('response.content_part.added', { ...place, part: { ...part, text: '', annotations: [] } });
      emit('response.output_text.delta', { ...place, delta: part.text, logprobs: part.logprobs ?? [] });
      for (const [annotation_index, annotation] of partsOf(part.annotations).entries()) {
        emit('response.output_text.annotation.added', { ...place, annotation_index, annotation });
      }
      emit('response.output_text.done', { ...place, text: part.text, logprobs: part.logprobs ?? [] });
    }
    emit('response.content_part.done', { ...place, part });
  }
}

function addReasoning(summary: readonly Fields[], content: readonly Fields[], item: Fields, emit: Emit): void {
  for (const [index, part] of summary.entries()) {
    const place = { ...item, summary_index: index };
    emit('response.reasoning_summary_part.added', { ...place, part: { ...part, text: '' } });
    emit('response.reasoning_summary_text.delta', { ...place, delta: part.text });
    emit('response.reasoning_summary_text.done', { ...place, text: part.text });
    emit('response.reasoning_summary_part.done', { ...place, part });
  }
  for (const [index, part] of content.entries()) {
    const place = { ...item, content_index: index };
    emit('response.content_part.added', { ...place, part: { ...part, text: '' } });
    emit('response.reasoning_text.delta', { ...place, delta: part.text });
    emit('response.reasoning_text.done', { ...place, text: part.text });
    emit('response.content_part.done', { ...place, part });
  }
}

function addInput(event: string, field: string, item: Fields, place: Fields, emit: Emit): void {
  emit(`response.${event}.delta`, { ...place, delta: item[field] });
  emit(`response.${event}.done`, { ...place, name: item.name, [field]: item[field] });
}

function partsOf(list: unknown): readonly Fields[] {
  return Array.isArray(list) ? list.filter((part) => typeof part === 'object' && part !== null) : [];
}
