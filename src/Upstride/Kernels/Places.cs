namespace Upstride.Kernels;

/// <summary>Which vectors have columns around the plane, which are masked out.</summary>
internal enum Cut
{
    None,
    First,
    Last,
    All,
}

/// <summary>The same as a type argument.</summary>
internal interface IPlace
{
    static abstract Cut Cuts { get; }
}

internal readonly struct Inner : IPlace
{
    public static Cut Cuts => Cut.None;
}

internal readonly struct LeftEdge : IPlace
{
    public static Cut Cuts => Cut.First;
}

internal readonly struct RightEdge : IPlace
{
    public static Cut Cuts => Cut.Last;
}

internal readonly struct Edge : IPlace
{
    public static Cut Cuts => Cut.All;
}
