import { PageHeader } from '@/components/PageHeader';

export default function Setup() {
  return <PageHeader title="Setup" />;
}
