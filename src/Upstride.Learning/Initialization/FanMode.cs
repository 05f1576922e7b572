namespace Upstride.Learning.Initialization;

/// <summary>Which of a layer's <see cref="Fans"/> sets the size of its first weights.</summary>
public enum FanMode
{
    /// <summary>The variance of the values is kept on the way forward.</summary>
    In,

    /// <summary>The variance of the gradients is kept on the way back.</summary>
    Out,
}
