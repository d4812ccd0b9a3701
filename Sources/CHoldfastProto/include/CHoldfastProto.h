/* Generated code goes here; see tools/generate. */
