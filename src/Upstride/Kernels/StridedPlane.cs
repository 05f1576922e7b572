namespace Upstride.Kernels;

/// <summary>
/// Operands of a call over one plane by steps of two: the contracts are at <see cref="StridedWindows"/> and <see cref="StridedPhases"/>.
/// </summary>
internal unsafe struct StridedPlane
{
    public float* Source;
    public float* Destination;
    public float* Weights;
    public nint Height;
    public nint Width;
    public nint Top;
    public nint Left;
    public nint KernelRows;
    public nint FirstRow;
    public nint Rows;
    public nint Columns;
}
