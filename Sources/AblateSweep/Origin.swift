/// Which row of a block and which item of a sweep a gathered row stands for.
struct Origin: BitwiseCopyable {
  let row: Int
  let item: Int
}
