import { PageHeader } from '@/components/PageHeader';

export default function TaskWizard() {
  return <PageHeader title="TaskWizard" />;
}
