/* SPDX-License-Identifier: BSD-3-Clause
 * Lua as a title: runs game:\main.lua and ends with the integer that it returns, or gives to os.exit. */
#include <stdio.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "libc/system.h"

static int add_traceback(lua_State *lua)
{
    luaL_traceback(lua, lua, luaL_tolstring(lua, 1, NULL), 1);
    return 1;
}

static int run(lua_State *lua)
{
    int code = 0;
    luaL_openlibs(lua);
    lua_pushcfunction(lua, add_traceback);
    if (luaL_loadfile(lua, "main.lua") || lua_pcall(lua, 0, 1, 1)) {
        fprintf(stderr, "lua: %s\n", lua_tostring(lua, -1));
        code = 1;
    } else if (lua_isinteger(lua, -1)) {
        code = (int)lua_tointeger(lua, -1);
    }
    lua_close(lua);
    fflush(NULL);
    system_flush();
    return code;
}

int main(void)
{
    lua_State *lua = luaL_newstate();
    return lua ? run(lua) : 1;
}
