/** Regions in Korea, by the infrastructure's kind. */
const korean: Record<string, string[]> = {
  aws: ["ap-northeast-2"],
  azure: ["koreacentral", "koreasouth"],
  gcp: ["asia-northeast3"],
  alibaba: ["ap-northeast-2"],
  nhn: ["KR1", "KR2"],
  naver: ["KR"],
  tencent: ["ap-seoul"],
  // Its classic data centre in Seoul has no VPC.
  ibm: [],
};

/** Undefined where an infrastructure's regions say nothing of their place. */
export function isKoreanRegion(kind: string, region: string): boolean | undefined {
  return korean[kind]?.includes(region);
}
