namespace Upstride.Learning;

/// <summary>What becomes of the losses of all elements: PyTorch's <c>reduction</c>.</summary>
public enum LossReduction
{
    /// <summary>Their mean; where elements have weights, the weighted mean.</summary>
    Mean,

    /// <summary>Their sum.</summary>
    Sum,

    /// <summary>They stay as they are.</summary>
    None,
}
