namespace Upstride.Cli.Commands.Apply;

/// <summary>Recognises weights that are in another framework's order of axes: what the operator itself would say of them is about channels that do not fit.</summary>
internal static class WeightOrderCheck
{
    /// <summary>Refuses the weights of a transposed convolution, [input channels, output channels, kernel...], that are in TensorFlow's order or in JAX's.</summary>
    /// <exception cref="CommandException">They are, and what to do.</exception>
    public static void OfConvTranspose(string file, ReadOnlySpan<nint> weight, nint inputChannels)
    {
        if (weight.Length < 3 || weight[0] == inputChannels) return;
        if (weight[^1] == inputChannels) throw Other(file, weight, "TensorFlow's order, [kernel..., output channels, input channels]", "tensorflow");
        if (weight[^2] == inputChannels) throw Other(file, weight, "JAX's order, [kernel..., input channels, output channels]", "jax");
    }

    /// <summary>Refuses the weights of a convolution, [output channels, input channels of a group, kernel...], that are in TensorFlow's order.</summary>
    /// <exception cref="CommandException">They are, and what to do.</exception>
    public static void OfConvolution(string file, ReadOnlySpan<nint> weight, nint inputChannelsOfGroup)
    {
        if (weight.Length >= 3 && weight[1] != inputChannelsOfGroup && weight[^2] == inputChannelsOfGroup)
            throw Other(file, weight, "TensorFlow's order, [kernel..., input channels, output channels]", framework: null);
    }

    private static CommandException Other(string file, ReadOnlySpan<nint> weight, string order, string? framework)
    {
        int rank = weight.Length;
        string axes = string.Join(", ", [rank - 1, rank - 2, .. Enumerable.Range(0, rank - 2)]);
        if (framework == "jax") axes = string.Join(", ", [rank - 2, rank - 1, .. Enumerable.Range(0, rank - 2)]);
        string flipped = framework == "jax" ? ", each kernel reversed," : "";
        return CommandException.BadInput("weight", $"'{file}' is [{string.Join(", ", weight.ToArray())}], which for this input is {order}: {(framework is null ? "" : $"give --framework {framework}, or ")}save it as numpy.transpose(w, ({axes})){flipped}".TrimEnd(','));
    }
}
