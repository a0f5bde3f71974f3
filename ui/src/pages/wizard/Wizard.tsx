import { Suspense, useEffect, useRef, useState } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { App } from 'antd';
import { useQueryClient } from '@tanstack/react-query';
import { client, type S } from '@/api/client';
import { useProject } from '@/api/session';
import { StaleEdit } from '@/components/StaleEdit';
import { PageHeader } from '@/components/PageHeader';
import { spokenTask } from '@/components/places';
import { Skeleton } from '@/components/QueryBoundary';
import { useLeaveGuard } from '@/lib/guard';
import { useShortcuts } from '@/lib/keys';
import { plural } from '@/lib/format';
import { fieldErrors, isConflict, isStale, sentence } from '@/lib/problems';
import type { StepProps } from './context';
import { useConnections, useFile, useSample, useTarget } from './data';
import { emptyDraft, fitsExactly, furthest, hasSecrets, isStep, matchTable, mayGoTo, problemsOf, STEPS, toSend, withSuggestions, type Draft, type Step } from './draft';
import { useFollow } from './follow';
import { kept } from './keep';
import { Rail } from './Rail';
import { save, start, stepOf } from './saving';
import { STEP_WORDS, Stepper } from './Stepper';
import { DestinationStep } from './steps/DestinationStep';
import { CleaningStep, MappingStep } from './steps/MappingStep';
import { Dropped } from './steps/Dropped';
import { Noticed } from './steps/Noticed';
import { PreviewStep } from './steps/PreviewStep';
import { ReviewStep } from './steps/ReviewStep';
import { ScheduleStep } from './steps/ScheduleStep';
import { SourceStep } from './steps/SourceStep';

interface Props {
  initial: Draft;
  task?: S['TaskView'];
  /** It goes on with a draft that was kept. */
  isResumed?: boolean;
  /** What is to be known about what is filled in. */
  told?: string[];
}

/** The seven steps around one draft. */
export function Wizard({ initial, task: given, isResumed = false, told = [] }: Props) {
  const project = useProject();
  const go = useNavigate();
  const queries = useQueryClient();
  const { message } = App.useApp();
  const [search, setSearch] = useSearchParams();
  const [task, setTask] = useState(given);
  const [draft, setDraft] = useState(initial);
  const [first, setFirst] = useState(() => JSON.stringify(initial));
  const [pushed, setPushed] = useState('');
  const [note, setNote] = useState('');
  const [isKept, setKept] = useState(isResumed);
  const [isOld, setOld] = useState(isResumed);
  const [isAsking, setAsking] = useState(false);
  const [refusal, setRefusal] = useState<unknown>();
  const [said, setSaid] = useState('');
  const [busy, setBusy] = useState<'' | 'save' | 'run'>('');
  const [theirs, setTheirs] = useState<{ task: S['TaskView']; andRun: boolean }>();
  const [isDone, setDone] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);

  const { definition } = draft;
  const wanted = search.get('step') ?? '';
  const asked: Step = isStep(wanted) ? wanted : 'source';
  const connections = useConnections(project);
  const target = useTarget(project, definition.load, connections);
  const file = useFile(project, definition.source);
  const isReadable = problemsOf(draft, { active: '', isEditing: true, hasSample: true }).source.length === 0;
  const sample = useSample(project, definition.source, task?.id, pushed, isReadable && asked !== 'source');
  const followed = useFollow(draft, setDraft, sample);
  const problems = problemsOf(draft, { active: connections.active, isEditing: task !== undefined, hasSample: sample.data !== undefined || sample.isFetching });
  // While the connections are loading, nobody is sent back for want of one.
  const step = mayGoTo(asked, connections.isPending ? { ...problems, destination: [] } : problems) ? asked : furthest(problems);
  const at = STEPS.indexOf(step);
  const fields = sample.data?.fields ?? [];
  const errors = fieldErrors(refusal);
  const isDirty = JSON.stringify(draft) !== first;

  useEffect(() => {
    if (task || isDone || !isDirty) return;
    setKept(kept.write(project, draft));
  }, [task, isDone, isDirty, project, draft]);
  useLeaveGuard(isDirty && !isDone && (task !== undefined || !isKept || hasSecrets(draft)));
  const shownStep = useRef(step);
  useEffect(() => {
    if (shownStep.current !== step) heading.current?.focus();
    shownStep.current = step;
    setAsking(false);
    setSaid('');
  }, [step]);

  const change = (next: Draft) => {
    setDraft(next);
    setOld(false);
    if (refusal) setRefusal(undefined);
  };
  const show = (next: Step) => {
    setSearch((old) => {
      const made = new URLSearchParams(old);
      made.set('step', next);
      return made;
    });
    scrollTo(0, 0);
  };
  const forward = () => {
    if (problems[step].length) {
      setAsking(true);
      return;
    }
    const next = STEPS[at + 1] ?? step;
    if (step === 'source' && !task) setDraft({ ...draft, definition: withSuggestions(definition, file.data?.name) });
    if (step === 'preview' && target.columns && !definition.mapping?.length && fitsExactly(matchTable(fields, undefined, target.columns))) {
      show('cleaning');
      setTimeout(() => setSaid(`The mapping was left out: all ${plural(fields.length, 'field')} match the columns of ${definition.load.table} by name and type.`));
      return;
    }
    show(next);
  };

  const finish = async (andRun: boolean, over = task) => {
    if (busy) return;
    const open = STEPS.find((one) => problems[one].length > 0);
    if (open) {
      if (open !== step) show(open);
      setAsking(true);
      return;
    }
    setBusy(andRun ? 'run' : 'save');
    setRefusal(undefined);
    try {
      const saved = await save(project, draft, over, note, initial.schedule !== null);
      setDone(true);
      if (!over) kept.forget(project);
      await queries.invalidateQueries({ predicate: (query) => /\/api\/v1\/(tasks|schedules|stats)/.test(String(query.queryKey[1])) });
      void message.success(over ? `The task ${saved.name} is saved.` : `The task ${saved.name} is made.`);
      if (!andRun) return void go(`/tasks/${saved.id}`);
      try {
        void go(`/runs/${await start(project, saved.id)}`);
      } catch (error) {
        void message.error(`The task is saved, but did not start: ${sentence(error)}`, 10);
        void go(`/tasks/${saved.id}`);
      }
    } catch (error) {
      if (isStale(error) && over) {
        const { data } = await client.GET('/api/v1/tasks/{task}', { params: { path: { task: over.id }, query: { project } } });
        if (data) setTheirs({ task: data, andRun });
      } else setRefusal(error);
    } finally {
      setBusy('');
    }
  };
  useShortcuts({ 'ctrl+s': () => void (task ? finish(false) : undefined) });

  const errorsShown = isConflict(refusal) ? { ...errors, name: sentence(refusal) } : errors;
  const props: StepProps = {
    draft, change, edit: (next) => change({ ...draft, definition: next }), project, task, sample, fields, file: file.data, connections, target,
    errors: errorsShown, pushed, setPushed, go: show,
  };
  const isLast = step === 'review';
  return (
    <div className="wizard">
      <PageHeader title={task ? `Edit ${task.name}` : 'New task'}>
        {task ? <Link to={`/tasks/${task.id}`}>Back to the task</Link> : <Link to="/tasks">All tasks</Link>}
      </PageHeader>
      <Stepper step={step} problems={problems} go={show} />
      {isOld && (
        <p className="note row">
          You go on with the draft that was kept here.
          <button type="button" className="button" onClick={() => { kept.forget(project); const fresh = emptyDraft(); setDraft(fresh); setFirst(JSON.stringify(fresh)); setOld(false); setKept(false); show('source'); }}>Start anew</button>
        </p>
      )}
      <div className={step === 'mapping' ? 'wizard-body wide' : 'wizard-body'}>
        <section className="stack" aria-labelledby="step-heading" style={{ minWidth: 0 }}>
          <h2 id="step-heading" ref={heading} tabIndex={-1}>{STEP_WORDS[step]}</h2>
          {said && <p className="note success row" role="status">{said} <button type="button" className="button" onClick={() => show('mapping')}>Look at the mapping</button></p>}
          {step === 'source' && <Noticed lines={told} />}
          <Dropped lines={followed.dropped} putBack={followed.putBack} close={followed.close} />
          <Suspense fallback={<Skeleton rows={6} />}><Body step={step} props={props} note={note} setNote={setNote} /></Suspense>
          <Refused refusal={refusal} go={show} />
          {isAsking && problems[step].length > 0 && (
            <div className="note error" role="alert">
              {problems[step].map((one) => <p key={one}>{one}</p>)}
            </div>
          )}
        </section>
        <Rail {...props} isShort={step === 'mapping'} />
      </div>
      <div className="wizard-foot">
        <button type="button" className="button" disabled={at === 0} onClick={() => show(STEPS[at - 1]!)}>Back</button>
        <span className="muted small" role="status">{!task && isKept && (isDirty || isResumed) ? 'Draft kept in this browser' : ''}</span>
        {task && isDirty && !isLast && <button type="button" className="button" disabled={busy !== ''} onClick={() => void finish(false)}>{busy ? 'Saving …' : 'Save'}</button>}
        {isLast ? (
          <>
            <button type="button" className="button" disabled={busy !== ''} onClick={() => void finish(true)}>{busy === 'run' ? 'Starting …' : task ? 'Save and run' : 'Create and run'}</button>
            <button type="button" className="button primary" disabled={busy !== ''} onClick={() => void finish(false)}>{busy === 'save' ? 'Saving …' : task ? 'Save' : 'Create'}</button>
          </>
        ) : (
          <button type="button" className="button primary" onClick={forward}>Next: {STEP_WORDS[STEPS[at + 1]!]}</button>
        )}
      </div>
      {theirs && task && (
        <StaleEdit
          what={`the task ${task.name}`} mine={spokenTask(toSend(draft))} theirs={spokenTask(theirs.task.definition)} close={() => setTheirs(undefined)}
          keepMine={() => { setTask(theirs.task); setTheirs(undefined); void finish(theirs.andRun, theirs.task); }}
          takeTheirs={() => { setDone(true); setTheirs(undefined); void queries.invalidateQueries(); void go(`/tasks/${task.id}`); }}
        />
      )}
    </div>
  );
}

function Body({ step, props, note, setNote }: { step: Step; props: StepProps; note: string; setNote: (text: string) => void }) {
  switch (step) {
    case 'source':
      return <SourceStep {...props} />;
    case 'preview':
      return <PreviewStep {...props} />;
    case 'mapping':
      return <MappingStep {...props} />;
    case 'cleaning':
      return <CleaningStep {...props} />;
    case 'destination':
      return <DestinationStep {...props} />;
    case 'schedule':
      return <ScheduleStep {...props} />;
    case 'review':
      return <ReviewStep {...props} note={note} setNote={setNote} />;
  }
}

/** What the server refused, each with the step where it can be mended. */
function Refused({ refusal, go }: { refusal: unknown; go: (step: Step) => void }) {
  if (!refusal) return null;
  const places = Object.entries(fieldErrors(refusal));
  return (
    <div className="note error stack" role="alert" style={{ gap: 6 }}>
      <strong>It could not be saved. {places.length ? '' : sentence(refusal)}</strong>
      {places.map(([path, said]) => (
        <p key={path} className="row">
          <span>{said} <code>{path}</code></span>
          {stepOf(path) !== 'review' && <button type="button" className="button" onClick={() => go(stepOf(path))}>Go to {STEP_WORDS[stepOf(path)]}</button>}
        </p>
      ))}
    </div>
  );
}
