/** The documented stand-in for a call of the current turn that never had a signature (made by another model). */
export const NO_SIGNATURE = 'skip_thought_signature_validator';
