import { Boundary } from '@/components/Boundary';
import { plural } from '@/lib/format';
import { fitsExactly, matchTable } from '../draft';
import { MappingEditor, RuleList } from '../parts';
import type { StepProps } from '../context';

/** Which field fills which column. */
export function MappingStep({ draft, edit, project, sample, fields, target, go }: StepProps) {
  const { definition } = draft;
  const isExact = target.columns !== null && !definition.mapping?.length && fitsExactly(matchTable(fields, undefined, target.columns));
  return (
    <div className="stack">
      {isExact && <p className="note success">All {plural(fields.length, 'field')} match the columns of {definition.load.table} by name and type. There is nothing to do here.</p>}
      {!isExact && !definition.mapping?.length && (
        <p className="note">
          {target.columns
            ? <>The table <strong>{definition.load.table}</strong> is there already, and these are its columns. Without mappings, fields go to the columns of their names. </>
            : <>Without mappings, each field becomes a column of its name{target.exists || !definition.load.table ? '' : <> in the new table <strong>{definition.load.table}</strong></>}. </>}{' '}
          <button type="button" className="button" onClick={() => go('destination')}>Choose another table</button>
        </p>
      )}
      {sample.isFetching && !sample.data && <p className="note" role="status">Fetching sample rows. Fields and values are shown as soon as they are here.</p>}
      <Boundary what="The mapping">
        <MappingEditor
          definition={definition} fields={fields} tree={sample.data?.tree ?? []} sample={sample.data?.data ?? []} columns={target.columns} project={project} onChange={edit}
        />
      </Boundary>
    </div>
  );
}

/** What a row must satisfy. */
export function CleaningStep({ draft, edit, project, sample, fields }: StepProps) {
  return (
    <Boundary what="The cleaning rules">
      <RuleList definition={draft.definition} fields={fields} sample={sample.data?.data ?? []} project={project} onChange={edit} />
    </Boundary>
  );
}
