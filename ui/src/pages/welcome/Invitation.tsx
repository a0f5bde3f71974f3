import { PageHeader } from '@/components/PageHeader';

export default function Invitation() {
  return <PageHeader title="Invitation" />;
}
