/** Regions in Korea, by the infrastructure's kind. */
const korean: Record<string, string[]> = {
  aws: ["ap-northeast-2"],
  azure: ["koreacentral", "koreasouth"],
  gcp: ["asia-northeast3"],
  alicloud: ["ap-northeast-2"],
  naver: ["KR"],
  oci: ["ap-seoul-1", "ap-chuncheon-1"],
  tencent: ["ap-seoul"],
};

/** Undefined where an infrastructure's regions say nothing of their place. */
export function isKoreanRegion(kind: string, region: string): boolean | undefined {
  return korean[kind]?.includes(region);
}
