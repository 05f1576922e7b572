using System.Globalization;
using System.Numerics;

namespace Upstride.Learning.Layers;

/// <summary>Modules one after another, named 0, 1, 2 ... unless a name is given.</summary>
public sealed class Sequential<T> : Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <param name="modules">In the order in which they are computed.</param>
    public Sequential(params ReadOnlySpan<Module<T>> modules)
    {
        foreach (Module<T> module in modules) Add(module);
    }

    /// <summary>Appends a module under its number.</summary>
    public void Add(Module<T> module) => Add(Children.Count.ToString(CultureInfo.InvariantCulture), module);

    /// <summary>Appends a module.</summary>
    /// <param name="name">Without a dot; no other's.</param>
    /// <param name="module">Computed after those before it.</param>
    /// <exception cref="ArgumentException">The name is taken, empty or has a dot.</exception>
    public void Add(string name, Module<T> module) => AddChild(name, module);

    /// <summary>The output of the last module; of no module, the input itself.</summary>
    /// <param name="input">What the first module takes.</param>
    public override Variable<T> Forward(Variable<T> input)
    {
        foreach ((_, Module<T> module) in Children) input = module.Forward(input);
        return input;
    }
}
