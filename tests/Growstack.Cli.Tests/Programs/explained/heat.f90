program heat
  implicit none
  integer :: i
  !$omp parallel do
  do i = 1, 4
    call work(i)
  end do
contains
  subroutine work(i)
    integer, intent(in) :: i
    real(8) :: grid(2000000)
    grid = i
    print *, sum(grid)
  end subroutine
end program
