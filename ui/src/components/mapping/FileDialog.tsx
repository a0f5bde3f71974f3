import { useState } from 'react';
import { client, type S } from '@/api/client';
import { sentence } from '@/components/ErrorView';
import { Popup } from '@/components/Popup';
import { saveText } from '@/lib/save';
import type { MappingItem, TaskDefinition } from '@/lib/definition';
import { applyMappings, clearAll, isEmpty, mappingOf } from './edit';
import { Differences } from './Templates';

interface Props {
  definition: TaskDefinition;
  anchor: Element | null;
  change: (make: (now: TaskDefinition) => TaskDefinition) => void;
  say: (text: string) => void;
  close: () => void;
}

/** The mapping as a file, and from one. The server writes and reads it, as it does for the command line. */
export function FileDialog({ definition, anchor, change, say, close }: Props) {
  const [found, setFound] = useState<MappingItem[]>();
  const [problem, setProblem] = useState('');
  const mappings = mappingOf(definition).filter((item) => !isEmpty(item));
  const save = async (format: 'yaml' | 'json') => {
    setProblem('');
    try {
      const { data } = await client.POST('/api/v1/write-mapping', { body: { mapping: mappings as unknown as S['MappingText']['mapping'], format } });
      if (data) saveText(data.text, `${definition.name || 'mapping'}.mapping.${format}`);
    } catch (error) {
      setProblem(sentence(error));
    }
  };
  const read = async (file: File | undefined) => {
    if (!file) return;
    setProblem('');
    setFound(undefined);
    try {
      const { data } = await client.POST('/api/v1/read-mapping', { body: { text: await file.text() } });
      if (data) setFound(data.mapping as unknown as MappingItem[]);
    } catch (error) {
      setProblem(sentence(error));
    }
  };
  return (
    <Popup title="Mapping as a file" anchor={anchor} close={close} large>
      <div className="row">
        <button type="button" className="button" disabled={mappings.length === 0} onClick={() => void save('yaml')}>
          Download as YAML
        </button>
        <button type="button" className="button" disabled={mappings.length === 0} onClick={() => void save('json')}>
          Download as JSON
        </button>
      </div>
      <label className="field">
        <span>Take the mapping of a file</span>
        <input type="file" className="input" accept=".yaml,.yml,.json" onChange={(event) => void read(event.target.files?.[0])} />
        <small>YAML or JSON, as it was downloaded here or from another task.</small>
      </label>
      {problem && (
        <p role="alert" className="note error">
          {problem}
        </p>
      )}
      {found && (
        <>
          <Differences definition={definition} mappings={found} />
          <div>
            <button
              type="button" className="button primary"
              onClick={() => {
                change((now) => applyMappings(clearAll(now), found));
                say('The mapping of the file was taken.');
                close();
              }}
            >
              Use it in place of this mapping
            </button>
          </div>
        </>
      )}
    </Popup>
  );
}
