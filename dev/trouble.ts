/** Something that the developer can mend. Its message is a whole answer: it is printed alone, without a stack. */
export class Trouble extends Error {
  override name = 'Trouble'
}
