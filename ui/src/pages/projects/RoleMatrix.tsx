import '@/components/throughput.css';
import type { Role } from '@/api/session';
import { Icon } from '@/components/icons';
import { roleWord } from '@/pages/settings/roles';

const ROLES: Role[] = ['viewer', 'operator', 'editor', 'admin'];
/** What may be done, and from which role on; the server decides in the end. */
const ABILITIES: [string, Role][] = [
  ['Look at tasks, runs, logs and rejected rows', 'viewer'],
  ['Export the project and rejected rows', 'viewer'],
  ['Run, dry run, cancel and retry', 'operator'],
  ['Correct, replay and discard rejected rows', 'operator'],
  ['Define tasks, mappings and rules', 'editor'],
  ['Define connections and notifications', 'editor'],
  ['Upload and delete files', 'editor'],
  ['Define schedules', 'editor'],
  ['Change members and their roles', 'admin'],
  ['Rename the project', 'admin'],
  ['See the audit log', 'admin'],
];

/** What each role may do. */
export function RoleMatrix() {
  return (
    <section className="card" aria-labelledby="roles">
      <h2 id="roles">What a role may do</h2>
      <div className="matrix" role="region" tabIndex={0} aria-label="Roles and what they may do">
        <table className="grid-table">
          <thead>
            <tr>
              <th scope="col">May</th>
              {ROLES.map((role) => (
                <th key={role} scope="col" className="matrix-cell">
                  {roleWord(role)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {ABILITIES.map(([what, least]) => (
              <tr key={what}>
                <th scope="row">{what}</th>
                {ROLES.map((role) => {
                  const may = ROLES.indexOf(role) >= ROLES.indexOf(least);
                  return (
                    <td key={role} className="matrix-cell">
                      {may ? <span className="matrix-yes"><Icon name="check" size={16} /></span> : <span className="muted" aria-hidden="true">–</span>}
                      <span className="sr-only">{may ? 'yes' : 'no'}</span>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
