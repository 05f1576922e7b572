using System.Numerics;
using Upstride.Learning.Randomness;

namespace Upstride.Learning;

/// <summary>
/// A layer, or a network of layers. What it consists of is registered under the names that PyTorch's state dictionary uses: a parameter's
/// full name is that of the modules around it and its own, joined by dots, for example <c>0.weight</c>.
/// </summary>
public abstract class Module<T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly List<(string Name, Module<T> Module)> _children = [];
    private readonly List<(string Name, Parameter<T> Parameter)> _parameters = [];
    private readonly List<(string Name, Parameter<T> Parameter)> _buffers = [];

    /// <summary>Whether layers that behave differently while learning, batch normalisation and dropout, behave so; true at first.</summary>
    public bool IsTraining { get; private set; } = true;

    /// <summary>The modules directly inside, in the order of their registration.</summary>
    public IReadOnlyList<(string Name, Module<T> Module)> Children => _children;

    /// <summary>Computes the layer's output.</summary>
    /// <param name="input">On a tape.</param>
    public abstract Variable<T> Forward(Variable<T> input);

    /// <summary>Turns this module and all inside it to learning.</summary>
    /// <param name="training">False as <see cref="Eval"/>.</param>
    public void Train(bool training = true)
    {
        IsTraining = training;
        foreach ((_, Module<T> child) in _children) child.Train(training);
    }

    /// <summary>Turns this module and all inside it to use.</summary>
    public void Eval() => Train(training: false);

    /// <summary>What training changes, each once, with full names.</summary>
    public IEnumerable<(string Name, Parameter<T> Parameter)> NamedParameters() => Unique(Walk("", static module => module._parameters));

    /// <summary>What is kept beside the parameters, such as running means, each once, with full names.</summary>
    public IEnumerable<(string Name, Parameter<T> Parameter)> NamedBuffers() => Unique(Walk("", static module => module._buffers));

    /// <summary>What training changes, each once.</summary>
    public IEnumerable<Parameter<T>> Parameters() => NamedParameters().Select(static named => named.Parameter);

    /// <summary>Forgets the gradients of all parameters.</summary>
    public void ZeroGradient()
    {
        foreach (Parameter<T> parameter in Parameters()) parameter.ZeroGradient();
    }

    /// <summary>Draws the first weights of this module, and of all inside it in the order of their registration.</summary>
    /// <param name="random">The same state gives the same weights.</param>
    public void Initialize(RandomSource random)
    {
        ArgumentNullException.ThrowIfNull(random);
        InitializeOwn(random);
        foreach ((_, Module<T> child) in _children) child.Initialize(random);
    }

    /// <summary>Draws the weights that belong to this module itself.</summary>
    protected virtual void InitializeOwn(RandomSource random)
    {
    }

    /// <summary>Registers a module inside this one.</summary>
    /// <param name="name">Without a dot; no other child's.</param>
    /// <param name="module">Returned, for an assignment in the same line.</param>
    /// <exception cref="ArgumentException">The name is taken, empty or has a dot.</exception>
    protected TModule AddChild<TModule>(string name, TModule module)
        where TModule : Module<T>
    {
        ArgumentNullException.ThrowIfNull(module);
        CheckName(name);
        _children.Add((name, module));
        return module;
    }

    /// <summary>Registers a parameter.</summary>
    /// <param name="name">Without a dot; no other's.</param>
    /// <param name="parameter">Returned, for an assignment in the same line.</param>
    /// <exception cref="ArgumentException">The name is taken, empty or has a dot.</exception>
    protected Parameter<T> AddParameter(string name, Parameter<T> parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        CheckName(name);
        _parameters.Add((name, parameter));
        return parameter;
    }

    /// <summary>Registers what is saved with the parameters but not trained.</summary>
    /// <param name="name">Without a dot; no other's.</param>
    /// <param name="buffer">Returned, for an assignment in the same line.</param>
    /// <exception cref="ArgumentException">The name is taken, empty or has a dot.</exception>
    protected Parameter<T> AddBuffer(string name, Parameter<T> buffer)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        CheckName(name);
        buffer.RequiresGradient = false;
        _buffers.Add((name, buffer));
        return buffer;
    }

    /// <summary>Gives a parameter of this module another name.</summary>
    private protected void RenameParameter(string name, string other)
    {
        CheckName(other);
        int place = _parameters.FindIndex(one => string.Equals(one.Name, name, StringComparison.Ordinal));
        _parameters[place] = (other, _parameters[place].Parameter);
    }

    private void CheckName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length == 0 || name.Contains('.', StringComparison.Ordinal))
            throw new ArgumentException($"name = \"{name}\", and must be neither empty nor have a dot, which joins the names of modules",
                nameof(name));
        if (_children.Select(static one => one.Name).Concat(_parameters.Concat(_buffers).Select(static one => one.Name))
            .Contains(name, StringComparer.Ordinal))
            throw new ArgumentException($"name = \"{name}\" is taken in this module: choose another", nameof(name));
    }

    private IEnumerable<(string Name, Parameter<T> Parameter)> Walk(string prefix,
        Func<Module<T>, List<(string Name, Parameter<T> Parameter)>> own)
    {
        foreach ((string name, Parameter<T> parameter) in own(this)) yield return (prefix + name, parameter);
        foreach ((string name, Module<T> child) in _children)
            foreach ((string Name, Parameter<T> Parameter) inside in child.Walk(prefix + name + ".", own))
                yield return inside;
    }

    private static IEnumerable<(string Name, Parameter<T> Parameter)> Unique(IEnumerable<(string Name, Parameter<T> Parameter)> all)
    {
        var seen = new HashSet<Parameter<T>>(ReferenceEqualityComparer.Instance);
        foreach ((string Name, Parameter<T> Parameter) one in all)
            if (seen.Add(one.Parameter)) yield return one;
    }
}
