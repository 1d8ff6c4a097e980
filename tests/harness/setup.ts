// What reads environment files knows the infrastructures.
import "../../stacks/infrastructures.ts";
