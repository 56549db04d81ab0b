import type {
  ConfigurationForm,
  CriterionDraft,
  EngineMessage,
  EngineMessageOf,
  ProcessKey,
  WindowMessage,
} from '../../contract/index.js';

/** A window's message that wants an answer. */
export type WindowRequest = Extract<WindowMessage, { request: number }>;

type Answer<Type extends EngineMessage['type']> = Omit<EngineMessageOf<Type>, 'type' | 'request'>;

/** Who knows the answers. */
export interface Answers {
  explain(process: ProcessKey): Answer<'explained'>;
  preview(criterion: CriterionDraft): Promise<Answer<'previewed'>>;
  readConfiguration(text: string, file: string): Answer<'configuration_read'>;
  writeConfiguration(form: ConfigurationForm): Answer<'configuration_written'>;
}

/** Answers one request of a window: at once, but for a preview that has to look something up. */
export const answer = (
  message: WindowRequest,
  answers: Answers,
  reply: (message: EngineMessage) => void,
): void => {
  const { request } = message;
  switch (message.type) {
    case 'explain':
      reply({ type: 'explained', request, ...answers.explain(message.process) });
      return;
    case 'preview':
      void answers.preview(message.criterion).then((preview) => {
        reply({ type: 'previewed', request, ...preview });
      });
      return;
    case 'read_configuration':
      reply({
        type: 'configuration_read',
        request,
        ...answers.readConfiguration(message.text, message.file),
      });
      return;
    case 'write_configuration':
      reply({ type: 'configuration_written', request, ...answers.writeConfiguration(message.form) });
  }
};
