import { PageHeader } from '@/components/PageHeader';

export default function RunDetail() {
  return <PageHeader title="RunDetail" />;
}
